"""What can happen to a person in the organisation.  Every function is one deed: all of it or nothing."""

from people.actions.persons import create_person, join

__all__ = ["create_person", "join"]
