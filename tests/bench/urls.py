"""The site's addresses with those of the yardstick beside them."""

from django.urls import path

from config.urls import urlpatterns as of_the_site

from . import yardstick

urlpatterns = [
    path('bench/row/<int:pk>/', yardstick.row),
    path('bench/search/', yardstick.full_text),
    path('bench/diff/<slug:slug>/<int:old>/<int:new>/', yardstick.line_diff),
    path('bench/save/', yardstick.save),
    *of_the_site,
]
