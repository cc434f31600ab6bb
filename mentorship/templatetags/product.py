"""The name of this installation, for letters: they are written without a request."""

from django import template

from people.models import Organisation

register = template.Library()


@register.simple_tag
def product_name() -> str:
    return Organisation.objects.current().name
