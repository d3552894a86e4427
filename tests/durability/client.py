"""A small browser: keeps cookies, reads forms, sends them filled in. It follows no redirect by itself."""

import http.client
from collections.abc import Callable
from urllib.parse import urlencode, urljoin, urlsplit

import lxml.html


class Client:
    """One person's connection to the site at `port` on this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def request(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        """Status, Location and text of one answer. Raises OSError or HTTPException where there is none."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
        headers = {'Host': f'localhost:{self.port}', 'Origin': f'http://localhost:{self.port}'}
        if self.cookies:
            headers['Cookie'] = '; '.join(f'{name}={value}' for name, value in self.cookies.items())
        if body is not None:
            headers['Content-Type'] = 'application/x-www-form-urlencoded'
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            for name, value in response.getheaders():
                if name.lower() == 'set-cookie':
                    cookie, _, morsel = value.partition(';')[0].partition('=')
                    self.cookies[cookie] = morsel
            return response.status, response.getheader('Location') or '', response.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> str:
        """The page at a path. Raises LookupError for any answer but 200."""
        status, location, text = self.request('GET', path)
        if status != 200:
            raise LookupError(f'GET {path}: {status} {location}')
        return text

    def submit(self, path: str, action: str, button: str = '', **values: str | Callable[[str], str]) -> tuple[int, str]:
        """Fetch a page, fill in the form whose action ends with `action`, and send it. Status and Location.

        A value may be a function of what the field holds.
        """
        page = lxml.html.fromstring(self.get(path))
        forms = [
            form
            for form in page.forms
            if form.method == 'POST' and urlsplit(form.get('action') or path).path.endswith(action)
        ]
        if not forms:
            raise LookupError(f'{path} has no form to …{action}')
        form = forms[0]
        beside = {
            one.get('name'): one.get('value') for one in page.xpath('//input[@form=$id]', id=form.get('id') or '')
        }
        fields = dict(form.form_values()) | beside | ({button: '1'} if button else {})
        for name, value in values.items():
            fields[name] = value if isinstance(value, str) else value(fields[name])
        target = urlsplit(urljoin(path, form.get('action') or path))
        status, location, _text = self.request('POST', target.path, urlencode(fields))
        return status, location

    def sign_in(self, email: str, password: str) -> None:
        """Sign in. Raises LookupError where that is refused."""
        status, location = self.submit('/accounts/login/', '/accounts/login/', login=email, password=password)
        if status != 302:
            raise LookupError(f'{email} could not sign in: {status} {location}')
