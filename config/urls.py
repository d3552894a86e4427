"""The site's map. Each app names its own paths from the root, so that addresses read as people's words."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from .views import healthz

admin.site.site_header = admin.site.site_title = 'Rampbook'
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path('', include('onboarding.urls')),
    path('', include('playbooks.urls')),
    path('', include('accounts.urls')),
    path('accounts/', include('allauth.account.urls')),
    path('admin/', admin.site.urls),
    path('healthz', healthz, name='healthz'),
]
