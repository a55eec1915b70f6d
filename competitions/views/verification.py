"""证书核验: the page behind the QR code of a certificate, open to everybody.

No account, no session, no cookie. A code that is not the certificate's own is answered like a
number that does not exist.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from competitions.services import certificates
from core.errors import Refused
from core.middleware import client_address
from core.views.publicity import PublicPage

TEMPLATE = "competitions/verify.html"


class Verify(PublicPage, View):
    """Masked name, prize, competition and date of a true certificate, and whether it holds."""

    def get(self, request: HttpRequest, number: str, code: str) -> HttpResponse:
        try:
            row = certificates.verified(number, code, address=client_address(request))
        except Refused:
            return self._told(request, 429, flooded=True)
        if row is None:
            return self._told(request, 404)
        return self._told(request, 200, certificate=row, is_valid=certificates.is_valid(row))

    def _told(self, request: HttpRequest, status: int, **context: Any) -> HttpResponse:
        response = render(request, TEMPLATE, context, status=status)
        response["Cache-Control"] = "no-store"
        return response
