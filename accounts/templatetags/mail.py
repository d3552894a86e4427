"""What pages say about the delivery of mails."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def mail_folder() -> str:
    """`{% mail_folder as folder %}`: the folder that mails go to, or nothing where a mail server is set."""
    return str(getattr(settings, 'EMAIL_FILE_PATH', '')) if settings.MAIL_GOES_TO_FOLDER else ''
