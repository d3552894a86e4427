"""How forms look everywhere."""

from django.forms.renderers import TemplatesSetting


class HouseRenderer(TemplatesSetting):
    """Renders a form's fields in the house design: label, hint, error, control."""

    form_template_name = 'components/form.html'
    field_template_name = 'components/field.html'
