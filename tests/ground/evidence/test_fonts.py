import pytest

from wenming.common.errors import DomainError
from wenming.ground.evidence import fonts


def test_font_on_this_machine_draws_chinese():
    font = fonts.chinese(24)
    # A missing character is drawn as the same box for all of them.
    assert bytes(font.getmask("创")) != bytes(font.getmask("城"))
    assert font.getlength("创城") == 48


def test_best_font_of_a_folder_is_taken(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("wqy-zenhei.ttc", "DejaVuSans.ttf"):
        (tmp_path / name).touch()
    (tmp_path / "deep" / "NotoSansCJK-Regular.ttc").touch()
    assert fonts.find([tmp_path]) == tmp_path / "deep" / "NotoSansCJK-Regular.ttc"


def test_machine_without_font_names_the_package(tmp_path):
    with pytest.raises(DomainError) as caught:
        fonts.find([tmp_path, tmp_path / "nowhere"])
    assert caught.value.code == "font_missing"
    assert "apt-get install fonts-noto-cjk" in caught.value.message
