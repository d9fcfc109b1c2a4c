"""Forms of the phone face as a browser would send them."""

import uuid
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories
from wenming.ground.places import actions as places

JSON = {"Accept": "application/json"}


def upload(seed: int = 1, name: str = "现场.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.picture("现场", seed=seed), "image/jpeg")


@pytest.fixture
def on_duty(town: SimpleNamespace) -> SimpleNamespace:
    """网格员刘强 has duty at the lane and at the market."""
    for place in (town.lane, town.market):
        places.give_duty(
            place=place, person=town.worker, kind="grid_worker", from_date=date(2026, 1, 1), at=factories.NOW
        )
    return town


@pytest.fixture
def send() -> Callable[..., Any]:
    """send(client, **fields) posts the report form with one photo, unless told otherwise."""

    def post(client: Client, *, script: bool = False, **fields: Any) -> Any:
        data = {"key": str(uuid.uuid4()), "category": "06010", "before": upload(), "place": ""} | fields
        return client.post("/field/report/", data, headers=JSON if script else {})

    return post
