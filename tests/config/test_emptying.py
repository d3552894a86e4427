"""Tests that commit leave an empty database behind, although versions and events refuse to be deleted."""

from django.db import IntegrityError, transaction
from django.test import TransactionTestCase

from playbooks.models import Version
from tests.factories import make_track


class EmptyingTests(TransactionTestCase):
    def test_a_version_is_there_and_refuses_to_be_deleted(self):
        self.assertEqual(Version.objects.count(), 0)
        make_track()

        with self.assertRaises(IntegrityError), transaction.atomic():
            Version.objects.all()._raw_delete('default')

        self.assertGreater(Version.objects.count(), 0)

    test_and_once_more_from_an_empty_database = test_a_version_is_there_and_refuses_to_be_deleted
