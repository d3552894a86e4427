"""Word documents become Markdown; what is hostile in one is refused or never looked at."""

import io
import os
import socket

from django.test import SimpleTestCase

from playbooks.archives import ArchiveRefused
from playbooks.text import read
from playbooks.worddocs import MAX_XML_DEPTH, read_docx
from tests.packing import OFFICE, box, docx, paragraph, picture, run, table, zipped

PNG = b'\x89PNG\r\n\x1a\n' + b'\0' * 64


class Offline:
    """Nothing reaches the network, and whoever tries is found out."""

    def __enter__(self):
        self.real = socket.socket.connect
        self.tried = []
        socket.socket.connect = lambda _socket, address: self.tried.append(address) or self._refuse()
        self.resolve = socket.getaddrinfo
        socket.getaddrinfo = lambda *address, **how: self.tried.append(address) or self._refuse()
        return self

    def __exit__(self, *about):
        socket.socket.connect, socket.getaddrinfo = self.real, self.resolve

    @staticmethod
    def _refuse():
        raise OSError('no network here')


class WordTests(SimpleTestCase):
    def test_a_document_becomes_text_with_headings_lists_tables_and_boxes(self):
        converted = read_docx(
            docx(
                paragraph('Leaving', style='Title'),
                paragraph('Before', style='Heading2'),
                paragraph(run('Start ') + run('early', bold=True) + run('.')),
                paragraph('Keys', level=0),
                paragraph('to the front desk', level=1),
                box('Return the laptop'),
                box('Return the badge', checked=True),
                table(['What', 'To whom'], ['Keys', 'Wen']),
            )
        )

        self.assertEqual(
            converted.text,
            '# Leaving\n\n## Before\n\nStart **early**.\n\n- Keys\n  - to the front desk\n- [ ] Return the laptop\n'
            '- [ ] Return the badge\n\n| What | To whom |\n| ---- | ------- |\n| Keys | Wen     |\n',
        )
        self.assertEqual(converted.remarks, ['One ticked box came in without its tick.'])
        self.assertEqual(len(read(converted.text).items), 2)

    def test_pictures_are_handed_over(self):
        kept = []
        content = docx(
            picture('r1'), relations=[('r1', 'image', 'media/image1.png', '')], more=[('word/media/image1.png', PNG)]
        )

        converted = read_docx(content, keep=lambda one: kept.append(one) or 'file:here.png')

        self.assertEqual(converted.text, '![A drawing](file:here.png)\n')
        self.assertEqual([(one.content, one.alt, one.name) for one in kept], [(PNG, 'A drawing', 'picture-1.png')])

    def test_nothing_that_lies_elsewhere_is_fetched(self):
        relations = [
            ('r1', 'image', 'http://evil.example/a.png', 'External'),
            ('r2', 'image', 'file:///etc/passwd', 'External'),
            ('r3', 'attachedTemplate', 'http://evil.example/t.dotm', 'External'),
            ('r4', 'image', '../../../../etc/passwd', ''),
        ]
        body = [picture('r1', kind='link'), picture('r2', kind='link'), picture('r1'), picture('r4'), paragraph('Text')]
        kept = []

        with Offline() as network:
            converted = read_docx(docx(*body, relations=relations), keep=lambda one: kept.append(one) or 'file:x')

        self.assertEqual((network.tried, kept), ([], []))
        self.assertEqual((converted.text, converted.remarks), ('Text\n', ['4 pictures were left out.']))

    def test_the_guard_of_that_test_does_notice_who_fetches(self):
        with Offline() as network, self.assertRaises(OSError):
            socket.create_connection(('evil.example', 80))

        self.assertTrue(network.tried)

    def test_macros_and_embedded_documents_are_left_out_and_named(self):
        content = docx(
            paragraph('Text'),
            more=[('word/vbaProject.bin', b'Sub AutoOpen()'), ('word/embeddings/oleObject1.bin', b'\xd0\xcf')],
        )

        converted = read_docx(content)

        self.assertEqual(converted.text, 'Text\n')
        self.assertEqual(
            converted.remarks, ['Its macros were left out.', 'An embedded document was left out: oleObject1.bin.']
        )

    def test_entities_are_refused_before_anything_expands_them(self):
        laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + ''.join(
            f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip('abcdefgh', 'bcdefghi', strict=True)
        )
        for prolog in [laughs + ']>', '<!DOCTYPE x SYSTEM "http://evil.example/x.dtd">']:
            with self.subTest(prolog[:30]), Offline() as network:
                with self.assertRaisesMessage(ArchiveRefused, 'declares entities'):
                    read_docx(docx(paragraph('&i;' if 'ENTITY' in prolog else 'x'), prolog=prolog))

                self.assertEqual(network.tried, [])

    def test_entities_in_another_encoding_or_part_are_refused_as_well(self):
        hidden = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode('utf-16')

        with self.assertRaisesMessage(ArchiveRefused, 'declares entities'):
            read_docx(docx(paragraph('x'), more=[('word/footnotes.xml', hidden)]))

    def test_what_is_nested_too_deep_is_refused(self):
        deep = '<w:sdt><w:sdtContent>' * MAX_XML_DEPTH + '</w:sdtContent></w:sdt>' * MAX_XML_DEPTH

        with self.assertRaisesMessage(ArchiveRefused, 'nested too deep'):
            read_docx(docx(deep))

    def test_a_bomb_of_a_document_is_refused(self):
        with self.assertRaises(ArchiveRefused):
            read_docx(docx('<w:p/>' * 3_000_000))

    def test_more_elements_than_any_document_has_are_refused(self):
        body = ''.join(f'<w:p w:x="{os.urandom(4).hex()}"/>' for _number in range(210_000))

        with self.assertRaises(ArchiveRefused):
            read_docx(docx(body))

    def test_more_text_than_a_page_may_have_is_refused_before_it_is_converted(self):
        with self.assertRaisesMessage(ArchiveRefused, 'more text than one page may have'):
            read_docx(docx(*[paragraph(os.urandom(200).hex()) for _number in range(2_000)]))

    def test_parts_that_name_other_parts_lead_nowhere(self):
        ns = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
        rels = f'<Relationships {ns}><Relationship Id="a" Type="{OFFICE}/officeDocument" Target="../../etc/passwd"/>'

        converted = read_docx(
            zipped(
                [
                    ('_rels/.rels', f'{rels}</Relationships>'),
                    (
                        'word/document.xml',
                        f'<w:document xmlns:w="{W_NS}"><w:body>{paragraph("Text")}</w:body></w:document>',
                    ),
                ]
            )
        )

        self.assertEqual(converted.text, 'Text\n')

    def test_what_is_no_document_is_refused_in_words(self):
        for content in [b'', b'PK', zipped([('a', 'b')]), docx('<w:p>'), zipped([('word/document.xml', '<x/>')])]:
            with self.subTest(content[:20]), self.assertRaises(ArchiveRefused):
                read_docx(io.BytesIO(content).read())


W_NS = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
