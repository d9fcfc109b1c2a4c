"""Simple bounds against abuse: so many reports, suggestions and wrong codes an address and day.

Many phones share one address of the network operator, so the bounds are generous, and looking up with a
right code never counts.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from wenming.common import clock
from wenming.faces.public.models import Tally

REPORT, SUGGEST, WRONG_CODE = "report", "suggest", "code"
PER_DAY = {REPORT: 20, SUGGEST: 10, WRONG_CODE: 30}


def _hashed(request: HttpRequest, at: datetime) -> str:
    # The visitor's own address, also behind our proxy (`kit.proxies`).
    said = f"{clock.local_date(at)}|{request.META.get('REMOTE_ADDR', '')}"
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest()[:32]


def used_up(request: HttpRequest, kind: str, at: datetime) -> bool:
    """Has the address reached today's bound?"""
    found = Tally.objects.filter(kind=kind, address=_hashed(request, at), day=clock.local_date(at)).first()
    return found is not None and found.count >= PER_DAY[kind]


def count(request: HttpRequest, kind: str, at: datetime) -> None:
    """One more. The rows of past days go when a new one is made."""
    today = clock.local_date(at)
    with transaction.atomic():
        row, new = Tally.objects.get_or_create(kind=kind, address=_hashed(request, at), day=today)
        Tally.objects.filter(pk=row.pk).update(count=F("count") + 1)
        if new:
            Tally.objects.filter(day__lt=today - timedelta(days=1)).delete()
