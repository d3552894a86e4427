from django.urls import path

from .views import starting

app_name = 'onboarding'
urlpatterns = [
    path('onboarding/new/', starting.starter_new, name='starter_new'),
    path('start-for-real/', starting.start_for_real, name='start_for_real'),
]
