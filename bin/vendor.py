#!/usr/bin/env python3
"""Keeps the files of other projects that we ship exactly as locked.

Without an argument: compare the files with static/vendor/vendor.lock.json. With `fetch`: get the packages from the
npm registry through npm, compare their integrity, and put the named files in place (source map hints taken out,
because collectstatic would look for the maps).
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
