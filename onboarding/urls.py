from django.urls import path

from .views import starting, team, today, track

app_name = 'onboarding'
urlpatterns = [
    path('', today.today, name='today'),
    path('my-track/', track.my_track, name='my_track'),
    path('runs/<int:pk>/', track.run, name='run'),  # before playbooks:run, which has the same address
    path('onboarding/<int:pk>/', track.enrollment, name='enrollment'),
    path('onboarding/<int:pk>/undo-move/', track.enrollment_move_undo, name='enrollment_move_undo'),
    path('onboarding/<int:pk>/items/<str:key>/', track.enrollment_item, name='enrollment_item'),
    path(
        'onboarding/<int:pk>/items/<str:key>/<slug:action>/',
        track.enrollment_item_action,
        name='enrollment_item_action',
    ),
    path('onboarding/new/', starting.starter_new, name='starter_new'),
    path('team/', team.team_page, name='team'),
    path('onboarding/', team.enrollments, name='enrollments'),
    path('onboarding/<int:pk>/ramp-up/', team.person, name='person'),
    path('start-for-real/', starting.start_for_real, name='start_for_real'),
]
