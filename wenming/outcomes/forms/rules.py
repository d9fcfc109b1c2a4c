"""Who may map and fill the forms of superiors: whoever drafts papers for the town (handbook appendix B)."""

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.outcomes.forms import states
from wenming.outcomes.forms.models import SuperiorForm

NOT_YOURS = "填报上级表格不在您的岗位职责内，请联系镇创城办。"


def may_keep(person: Person, town: Unit) -> bool:
    """Upload, map and retire forms of the town, and fill them."""
    return person.may(P.DOCUMENT_DRAFT, town)


def may_fill(person: Person, form: SuperiorForm) -> bool:
    """True for a form in use of a town for which the person drafts."""
    return form.state == states.IN_USE and may_keep(person, form.town)
