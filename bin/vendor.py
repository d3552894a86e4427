#!/usr/bin/env python3
"""Keeps the files of other projects that we ship exactly as locked.

Without an argument: compare the files with static/vendor/vendor.lock.json. With `fetch`: get the packages from the
npm registry through npm, compare their integrity, and put the named files in place (source map hints taken out,
because collectstatic would look for the maps; rules left out of a stylesheet whose selectors begin as `without` says,
because no page of ours uses them).
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / 'static/vendor/vendor.lock.json'
SOURCE_MAP = re.compile(rb'\n?(//[#@] sourceMappingURL=[^\n]*|/\*[#@] sourceMappingURL=[^*]*\*/)\s*$')


def digest(content: bytes) -> str:
    return 'sha256-' + base64.b64encode(hashlib.sha256(content).digest()).decode()


def verify(packages: list[dict]) -> list[str]:
    """Return one line for each file that is missing or differs."""
    problems = []
    for package in packages:
        for path, file in package['files'].items():
            if not (ROOT / path).is_file():
                problems.append(f'{path} is missing')
            elif digest((ROOT / path).read_bytes()) != file['sha256']:
                problems.append(f'{path} is not the file of {package["name"]} {package["version"]}')
    return problems


def leave_out(css: str, prefixes: tuple[str, ...]) -> str:
    """Return a minified stylesheet without the rules, inside @layer or not, that begin with one of the prefixes."""
    kept = []
    for rule in rules(css):
        head, brace, body = rule.partition('{')
        if head.startswith('@layer') and brace:
            inner = leave_out(body[:-1], prefixes)
            if inner:
                kept.append(f'{head}{{{inner}}}')
        elif not rule.startswith(prefixes):
            kept.append(rule)
    return ''.join(kept)


def rules(css: str) -> list[str]:
    """Split a stylesheet at its outermost rules. No brace stands in a string of the files we take."""
    found, depth, begin = [], 0, 0
    for position, character in enumerate(css):
        depth += (character == '{') - (character == '}')
        if depth == 0 and character in '};':
            found.append(css[begin : position + 1].strip())
            begin = position + 1
    return found


def fetch(package: dict) -> None:
    """Get one package and write its files; the lock learns the hash of each file we keep."""
    with tempfile.TemporaryDirectory() as folder:
        spec = f'{package["name"]}@{package["version"]}'
        subprocess.run(['npm', 'pack', '--silent', spec, '--pack-destination', folder], check=True, capture_output=True)
        archive = next(Path(folder).glob('*.tgz'))
        found = 'sha512-' + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if package.setdefault('integrity', found) != found:
            raise SystemExit(f'{spec} is not the package that was locked: {found}')
        with tarfile.open(archive) as content:
            for path, file in package['files'].items():
                member = content.extractfile(f'package/{file["from"]}')
                assert member is not None
                data = SOURCE_MAP.sub(b'\n', member.read())
                if 'without' in file:
                    data = leave_out(data.decode(), tuple(file['without'])).encode()
                (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
                (ROOT / path).write_bytes(data)
                file['sha256'] = digest(data)


def main() -> None:
    lock = json.loads(LOCK.read_text())
    if sys.argv[1:] == ['fetch']:
        for package in lock['packages']:
            fetch(package)
            print(f'{package["name"]} {package["version"]}')
        LOCK.write_text(json.dumps(lock, indent=2) + '\n')
    problems = verify(lock['packages'])
    if problems:
        raise SystemExit('\n'.join(problems))


if __name__ == '__main__':
    main()
