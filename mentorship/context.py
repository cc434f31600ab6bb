"""What every page shows around its own content: the name of the product, and the sidebar for this reader.

Both are lazy: a page without a sidebar asks the database nothing.  ``facts`` gathers what the menus need in a
fixed number of queries, however many programs and relationships there are.
"""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from mentorship.menus import Navigation, Reader, menu_for
from people.models import Organisation


class Product:
    """The name and the look of this installation, for pages and for letters."""

    def __init__(self, organisation: Organisation) -> None:
        self.name = organisation.name
        self.accent_url = f"{reverse('accent')}?{organisation.accent[1:]}" if organisation.accent else ""
        self.logo_url = organisation.logo.url if organisation.logo else ""


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {
        "product": SimpleLazyObject(lambda: Product(Organisation.objects.current())),
        "nav": SimpleLazyObject(lambda: _navigation(request)),
    }


def _navigation(request: HttpRequest) -> Navigation:
    return menu_for(facts(request), request.path)


def facts(request: HttpRequest) -> Reader:
    if not request.user.is_authenticated:
        return Reader()
    return Reader(signed_in=True)
