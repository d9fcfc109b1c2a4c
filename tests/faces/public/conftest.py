"""What a resident sends."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import factories

TEXT = "巷口垃圾堆了两天没人清"


def upload(seed: int = 1) -> SimpleUploadedFile:
    return SimpleUploadedFile("照片.jpg", factories.picture("公众", seed=seed), "image/jpeg")


@pytest.fixture
def send(town: Any) -> Callable[..., Any]:
    """send(client, **fields) posts the public form."""

    def post(client: Client, *, script: bool = False, **fields: Any) -> Any:
        data = {"key": str(uuid.uuid4()), "text": TEXT, "unit": town.east.code, "photos": upload()} | fields
        headers = {"Accept": "application/json"} if script else {}
        return client.post("/public/report/", data, headers=headers)

    return post
