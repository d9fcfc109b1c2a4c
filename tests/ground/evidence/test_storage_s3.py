"""The same deeds on an S3-compatible store (an emulator on a local port)."""

import uuid

import boto3
import pytest
from moto.server import ThreadedMotoServer

from wenming.common.errors import DomainError
from wenming.ground.evidence import actions, queries, vault
from wenming.ground.evidence.models import Photo

pytestmark = pytest.mark.django_db
KEYS = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}


@pytest.fixture
def endpoint(settings, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    bucket = f"photos-{uuid.uuid4()}"
    client.create_bucket(Bucket=bucket)
    options = KEYS | {"bucket_name": bucket, "endpoint_url": address, "default_acl": None}
    options |= {"file_overwrite": False, "querystring_auth": True}
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    yield address
    client.close()
    server.stop()


@pytest.fixture
def store(endpoint, wang, town, at):
    return lambda data, **said: actions.store(
        data=data, **({"name": "解放路 口（近景）.jpg", "by": wang, "town": town, "at": at} | said)
    )


def test_photo_goes_through_s3_whole(store, draw, at):
    data = draw.photo(1)
    photo = store(data)
    actions.derive(photo=photo, at=at)
    photo.refresh_from_db()
    assert photo.name == "解放路 口（近景）.jpg"
    assert vault.get(photo.original) == data
    assert queries.intact(photo) is True
    assert queries.content(photo, "thumb")[:2] == b"\xff\xd8"
    assert (
        photo.sha256[2:] not in photo.original
    )  # the hash is printed on strips; the key is no one's to guess


def test_strays_on_s3_are_swept(store, draw, at):
    photo = store(draw.photo(1, size=(320, 240)))
    stray = vault.put(b"x", kind=vault.ORIGINALS, day=at.date(), shard="ab", suffix="jpg")
    assert sorted(vault.of_day(vault.ORIGINALS, at.date())) == sorted([photo.original, stray])
    later = at.replace(day=at.day + 2)
    assert actions.sweep_strays(at=later, days_ago=2) == 1
    assert list(vault.of_day(vault.ORIGINALS, at.date())) == [photo.original]


def test_missing_file_on_s3_is_told(endpoint):
    with pytest.raises(DomainError) as caught:
        vault.get("originals/2026/11/22/ab/none.jpg")
    assert caught.value.code == "photo_missing"


def test_unreachable_s3_is_told_and_leaves_no_row(store, draw, settings):
    gone = dict(settings.STORAGES["default"]["OPTIONS"], endpoint_url="http://127.0.0.1:9")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": gone},
    }
    with pytest.raises(DomainError) as caught:
        store(draw.photo(1, size=(320, 240)))
    assert (caught.value.code, Photo.objects.count()) == ("storage_unavailable", 0)
