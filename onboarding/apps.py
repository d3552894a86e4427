from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    """Who must learn it: enrollments, pace, the manager's view."""

    name = 'onboarding'
    default_auto_field = 'django.db.models.BigAutoField'
