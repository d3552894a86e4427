"""Archives and Word documents for tests, sound ones and such as somebody made to do harm."""

import io
import stat
import struct
import zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
REST = (
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
STYLES = (
    f'<?xml version="1.0"?><w:styles {W}>'
    + ''.join(
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/></w:style>'
        for key, name in [('Title', 'Title'), ('Heading1', 'heading 1'), ('Heading2', 'heading 2'), ('List', 'List')]
    )
    + '</w:styles>'
)
NUMBERING = (
    f'<?xml version="1.0"?><w:numbering {W}><w:abstractNum w:abstractNumId="1">'
    + ''.join(f'<w:lvl w:ilvl="{n}"><w:numFmt w:val="bullet"/></w:lvl>' for n in range(3))
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
)


def zipped(entries, *, method=zipfile.ZIP_DEFLATED):
    """An archive of (name or ZipInfo, content)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def link(name, target):
    """An entry that is a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def with_flag(archive, flag):
    """The archive with a flag set on its first entry, in both places where it stands."""
    changed = bytearray(archive)
    for mark, at in ((b'PK\x03\x04', 6), (b'PK\x01\x02', 8)):
        place = changed.index(mark) + at
        (flags,) = struct.unpack_from('<H', changed, place)
        struct.pack_into('<H', changed, place, flags | flag)
    return bytes(changed)


def with_size(archive, size):
    """The archive with another unpacked size of its first entry, in both places where it stands."""
    changed = bytearray(archive)
    for mark, at in ((b'PK\x03\x04', 22), (b'PK\x01\x02', 24)):
        struct.pack_into('<I', changed, changed.index(mark) + at, size)
    return bytes(changed)


def paragraph(text, *, style='', level=None):
    """A paragraph of a Word document."""
    about = f'<w:pStyle w:val="{style}"/>' if style else ''
    if level is not None:
        about += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
    return f'<w:p><w:pPr>{about}</w:pPr>{text if text.startswith("<") else run(text)}</w:p>'


def run(text, *, bold=False):
    return f'<w:r><w:rPr>{"<w:b/>" if bold else ""}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def box(text, *, checked=False):
    """A paragraph with a tick box that can be clicked in Word."""
    sign = '☒' if checked else '☐'
    return (
        f'<w:p><w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{int(checked)}"/></w14:checkbox></w:sdtPr>'
        f'<w:sdtContent>{run(sign)}</w:sdtContent></w:sdt>{run(" " + text)}</w:p>'
    )


def table(*rows):
    cells = (''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in row) for row in rows)
    return '<w:tbl>' + ''.join(f'<w:tr>{row}</w:tr>' for row in cells) + '</w:tbl>'


def picture(relation, *, kind='embed', alt='A drawing'):
    return (
        '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="p" '
        f'descr="{alt}"/><a:graphic><a:graphicData><pic:pic><pic:blipFill><a:blip r:{kind}="{relation}"/>'
        '</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )


def docx(*body, relations=(), more=(), prolog=''):
    """A Word document of these blocks. `relations`: (id, kind, target, mode); `more`: other entries."""
    rows = ''.join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"'
        f'{f" TargetMode={chr(34)}{mode}{chr(34)}" if mode else ""}/>'
        for key, kind, target, mode in relations
    )
    ns = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    main = f'<?xml version="1.0"?><Relationships {ns}><Relationship Id="a" Type="{OFFICE}/officeDocument" '
    return zipped(
        [
            ('[Content_Types].xml', TYPES),
            ('_rels/.rels', main + 'Target="word/document.xml"/></Relationships>'),
            ('word/_rels/document.xml.rels', f'<?xml version="1.0"?><Relationships {ns}>{rows}</Relationships>'),
            ('word/styles.xml', STYLES),
            ('word/numbering.xml', NUMBERING),
            (
                'word/document.xml',
                f'<?xml version="1.0"?>{prolog}<w:document {W} {REST}><w:body>{"".join(body)}</w:body></w:document>',
            ),
            *more,
        ]
    )
