from people.models.exclusions import Exclusion
from people.models.imports import PeopleImport
from people.models.organisation import Organisation, OrganisationRole, OrgUnit, Site
from people.models.profiles import Profile, ProfileTopic, Topic
from people.models.reporting import ReportingLine
from people.models.users import User

__all__ = [
    "Exclusion",
    "OrgUnit",
    "Organisation",
    "OrganisationRole",
    "PeopleImport",
    "Profile",
    "ProfileTopic",
    "ReportingLine",
    "Site",
    "Topic",
    "User",
]
