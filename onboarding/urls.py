from django.urls import path

from .views import starting, team

app_name = 'onboarding'
urlpatterns = [
    path('onboarding/new/', starting.starter_new, name='starter_new'),
    path('team/', team.team_page, name='team'),
    path('onboarding/', team.enrollments, name='enrollments'),
    path('onboarding/<int:pk>/ramp-up/', team.person, name='person'),
    path('start-for-real/', starting.start_for_real, name='start_for_real'),
]
