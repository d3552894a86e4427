from django.urls import path

from .views import (
    comparing,
    files,
    inbox,
    intake,
    keeping,
    kinds,
    merging,
    publication,
    readers,
    reading,
    running,
    talk,
    writing,
)

app_name = 'playbooks'
urlpatterns = [
    # Finding and reading
    path('playbooks/', reading.library, name='library'),
    path('playbooks/library.csv', reading.library_csv, name='library_csv'),
    path('search/', reading.search, name='search'),
    path('playbooks/new/', writing.playbook_new, name='playbook_new'),  # before it is taken for a slug
    # Kinds and their fields, before their word is taken for a slug
    path('playbooks/kinds/', kinds.kinds, name='kinds'),
    path('playbooks/kinds/new/', kinds.kind_new, name='kind_new'),
    path('playbooks/kinds/<slug:slug>/', kinds.kind, name='kind'),
    path('playbooks/kinds/<slug:slug>/delete/', kinds.kind_delete, name='kind_delete'),
    path('playbooks/kinds/<slug:slug>/fields/new/', kinds.kind_field_new, name='kind_field_new'),
    path('playbooks/kinds/<slug:slug>/fields/<slug:name>/', kinds.kind_field, name='kind_field'),
    path('playbooks/kinds/<slug:slug>/fields/<slug:name>/move/', kinds.kind_field_move, name='kind_field_move'),
    path('playbooks/kinds/<slug:slug>/fields/<slug:name>/remove/', kinds.kind_field_remove, name='kind_field_remove'),
    path('playbooks/hand-over/', keeping.hand_over, name='hand_over'),
    path('playbooks/questions/', talk.questions, name='questions'),
    # Bringing in what was written elsewhere
    path('playbooks/import/paste/', intake.paste, name='paste'),
    # One playbook
    path('playbooks/<slug:slug>/', reading.playbook, name='playbook'),
    path('playbooks/<slug:slug>/history/', reading.history, name='history'),
    path('playbooks/<slug:slug>/v/<int:number>/', reading.version, name='version'),
    path('playbooks/<slug:slug>/compare/', comparing.compare_choose, name='compare_choose'),
    path('playbooks/<slug:slug>/compare/<int:old>/<int:new>/', comparing.compare, name='compare'),
    path('playbooks/<slug:slug>/raw/', reading.raw, name='raw'),
    path('playbooks/<slug:slug>/read/', reading.acknowledge, name='acknowledge'),
    # Writing and publishing
    path('playbooks/<slug:slug>/edit/', writing.playbook_edit, name='playbook_edit'),
    path('playbooks/<slug:slug>/preview/', writing.playbook_preview, name='playbook_preview'),
    path('playbooks/<slug:slug>/completions/', writing.completions, name='completions'),
    path('playbooks/<slug:slug>/draft/discard/', writing.draft_discard, name='draft_discard'),
    path('playbooks/<slug:slug>/draft/restore/', writing.draft_restore, name='draft_restore'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/', publication.draft, name='draft'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/edit/', writing.playbook_edit, name='draft_edit'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/preview/', writing.playbook_preview, name='draft_preview'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/publish/', publication.playbook_publish, name='draft_publish'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/approve/', publication.draft_approve, name='draft_approve'),
    path('playbooks/<slug:slug>/publish/', publication.playbook_publish, name='playbook_publish'),
    # Two at once
    path('playbooks/<slug:slug>/merge/', merging.playbook_merge, name='playbook_merge'),
    path('playbooks/<slug:slug>/drafts/<int:pk>/merge/', merging.playbook_merge, name='draft_merge'),
    # Keeping
    path('playbooks/<slug:slug>/settings/', keeping.playbook_settings, name='playbook_settings'),
    path('playbooks/<slug:slug>/checked/', keeping.verify, name='verify'),
    path('playbooks/<slug:slug>/archive/', keeping.playbook_archive, name='playbook_archive'),
    path('playbooks/<slug:slug>/unarchive/', keeping.playbook_unarchive, name='playbook_unarchive'),
    # Being told, and who has read what
    path('inbox/', inbox.inbox, name='inbox'),
    path('inbox/seen/', inbox.inbox_seen, name='inbox_seen'),
    path('inbox/watching/', inbox.watching, name='watching'),
    path('inbox/watch/', inbox.watch_change, name='watch_change'),
    path('catch-up/', inbox.catch_up, name='catch_up'),
    path('catch-up/<slug:slug>/<int:old>/<int:new>/', inbox.catch_up_change, name='catch_up_change'),
    path('playbooks/<slug:slug>/readers/', readers.readers, name='readers'),
    path('playbooks/<slug:slug>/readers/<int:pk>/end/', readers.reading_end, name='reading_end'),
    path('playbooks/<slug:slug>/readers/<int:pk>/remind/', readers.reading_remind, name='reading_remind'),
    # Talking about it
    path('playbooks/<slug:slug>/say/', talk.say, name='say'),
    path('playbooks/<slug:slug>/talk/', talk.talk, name='talk'),
    path('playbooks/<slug:slug>/talk/<int:pk>/', talk.thread, name='thread'),
    path('playbooks/<slug:slug>/talk/<int:pk>/edit/', talk.remark_edit, name='remark_edit'),
    path('playbooks/<slug:slug>/talk/<int:pk>/<slug:act>/', talk.remark_act, name='remark_act'),
    path('playbooks/<slug:slug>/helped/', talk.helped, name='helped'),
    path('playbooks/<slug:slug>/sought/', talk.page_sought, name='page_sought'),
    path('search/sought/', talk.search_sought, name='search_sought'),
    # Runs
    path('playbooks/<slug:slug>/run/', running.run_new, name='run_new'),
    path('runs/', running.runs, name='runs'),
    path('runs/<int:pk>/', running.run, name='run'),
    path('runs/<int:pk>/move/', running.run_move, name='run_move'),
    path('runs/<int:pk>/people/', running.run_people, name='run_people'),
    path('runs/<int:pk>/end/', running.run_end, name='run_end'),
    path('runs/<int:pk>/version/', running.run_version, name='run_version'),
    path('runs/<int:pk>/version/undo/', running.run_version_undo, name='run_version_undo'),
    path('runs/<int:pk>/evidence/<int:evidence>/', running.run_evidence, name='run_evidence'),
    path('runs/<int:pk>/items/<str:key>/', running.run_item, name='run_item'),
    path('runs/<int:pk>/items/<str:key>/<slug:action>/', running.run_item_action, name='run_item_action'),
    # Files of a playbook
    path('playbooks/<slug:slug>/files/', files.files, name='files'),
    path('playbooks/<slug:slug>/files/add/', files.file_add, name='file_add'),
    path('playbooks/<slug:slug>/files/clean/', files.files_clean, name='files_clean'),
    path('playbooks/<slug:slug>/files/<str:name>', files.file, name='file'),
]
