"""The pages on which documents come in from elsewhere."""

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import Request

from .. import text as texts
from ..intake_forms import PasteForm
from ..limits import is_within
from ..text.fromhtml import markdown_from_html

PASTES = 30  # within a minute


@require_POST
def paste(request: Request) -> HttpResponse:
    """Answer what the HTML of a clipboard is in Markdown, for the editor. Nothing is kept."""
    form = PasteForm(request.POST)
    if not is_within('paste', request.user, most=PASTES, seconds=60):
        return JsonResponse(
            {'error': _('That was much in one minute. Paste it without formatting, or wait.')}, status=429
        )
    if not form.is_valid():
        return JsonResponse({'error': ' '.join(map(str, form.errors['html']))}, status=422)
    try:
        converted = markdown_from_html(form.cleaned_data['html'])
    except texts.Refused as refused:
        return JsonResponse({'error': refused.message}, status=422)
    return JsonResponse({'text': converted.text, 'remarks': converted.remarks})
