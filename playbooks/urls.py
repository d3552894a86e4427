from django.urls import path

from .views import keeping, publication, writing

app_name = 'playbooks'
urlpatterns = [
    # Writing and publishing
    path('playbooks/new/', writing.playbook_new, name='playbook_new'),
    path('playbooks/<slug:slug>/edit/', writing.playbook_edit, name='playbook_edit'),
    path('playbooks/<slug:slug>/preview/', writing.playbook_preview, name='playbook_preview'),
    path('playbooks/<slug:slug>/draft/discard/', writing.draft_discard, name='draft_discard'),
    path('playbooks/<slug:slug>/draft/restore/', writing.draft_restore, name='draft_restore'),
    path('playbooks/<slug:slug>/draft/rebase/', writing.draft_rebase, name='draft_rebase'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/', publication.draft, name='draft'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/approve/', publication.draft_approve, name='draft_approve'),
    path('playbooks/<slug:slug>/publish/', publication.playbook_publish, name='playbook_publish'),
    # Keeping
    path('playbooks/<slug:slug>/settings/', keeping.playbook_settings, name='playbook_settings'),
    path('playbooks/<slug:slug>/checked/', keeping.verify, name='verify'),
    path('playbooks/<slug:slug>/archive/', keeping.playbook_archive, name='playbook_archive'),
    path('playbooks/<slug:slug>/unarchive/', keeping.playbook_unarchive, name='playbook_unarchive'),
]
