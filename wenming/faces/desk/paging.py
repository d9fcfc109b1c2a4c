"""Long lists a page at a time, without counting millions of rows."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

MOST = 10_000
SIZES = (20, 50, 100)


class Capped(Paginator):  # type: ignore[type-arg]
    """Counts at most MOST rows."""

    @cached_property
    def counted(self) -> int:
        found = self.object_list
        return found.order_by()[: MOST + 1].count() if isinstance(found, QuerySet) else len(found)

    @property
    def count(self) -> int:
        return min(self.counted, MOST)

    @property
    def said(self) -> str:
        """「共 46 条」 or 「共 10000 条以上，请缩小范围」."""
        return f"共 {self.count} 条" + ("以上，请缩小范围" if self.counted > MOST else "")


def page(request: HttpRequest, found: Any, size: int = 50, name: str = "page") -> Page:  # type: ignore[type-arg]
    """The page asked for by `?page=`, in the size asked for by `?size=`."""
    asked = request.GET.get("size", "")
    wanted = int(asked) if asked in map(str, SIZES) else size
    return Capped(found, wanted).get_page(request.GET.get(name))
