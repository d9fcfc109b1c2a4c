"""Forms of the steps of a supervision order."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from wenming.faces.desk import forms as parts
from wenming.ground.evidence.models import Photo
from wenming.ground.people.models import Person
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Order


class OrderForm(parts.DeskForm):
    """A step of an order and the deed it does."""

    deed: ClassVar[Callable[..., Order]]
    takes_photos = False
    done = "已办理。"

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        self.order = order
        kwargs.setdefault("initial", self.start(order))
        super().__init__(*args, **kwargs)

    def start(self, order: Order) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def act(self, *, by: Person, at: datetime, photos: list[Photo]) -> Order:
        """Do the deed. Raises DomainError."""
        more = {"photos": photos} if self.takes_photos else {}
        return type(self).deed(order=self.order, by=by, at=at, **self.cleaned_data, **more)


class Edit(OrderForm):
    deed = cases.orders.edit
    done = "已保存。"
    matter = parts.text("督办事项", longest=120)
    facts = parts.text("事实与依据", rows=6, longest=4000)
    demands = parts.text("整改要求", rows=5, longest=4000)
    due_date = parts.day("办结期限", required=False, help_text="不填则签发时按规则自动推算。")

    def start(self, order: Order) -> dict[str, Any]:
        return {
            "matter": order.matter,
            "facts": order.facts,
            "demands": order.demands,
            "due_date": order.due_date,
        }


class Issue(OrderForm):
    deed = cases.orders.issue
    done = "已签发并编号。"


class Drop(OrderForm):
    deed = cases.orders.drop
    done = "已决定不下发。"
    ground = parts.text("不下发的理由", rows=2)


class Sign(OrderForm):
    deed = cases.orders.sign
    done = "已签收，请在期限内书面答复。"


class Answer(OrderForm):
    deed = cases.orders.answer
    takes_photos = True
    done = "已答复，等待核查。"
    text = parts.text("办理情况", rows=6, longest=4000, help_text="一问题一措施一结果。")

    def start(self, order: Order) -> dict[str, Any]:
        return {"text": order.answer}


class Check(OrderForm):
    deed = cases.orders.check
    done = "已核查销号。"
    opinion = parts.text("核查意见", rows=3, longest=1000)


class SendBack(OrderForm):
    deed = cases.orders.send_back
    done = "已退回重办。"
    opinion = parts.text("哪里没有办到位", rows=3, longest=1000)


FORMS: dict[str, type[OrderForm]] = {
    "edit": Edit, "issue": Issue, "drop": Drop, "sign": Sign, "answer": Answer, "check": Check, "send_back": SendBack,
}  # fmt: skip
