"""Codes of divisions and organisations with their checks (handbook §9.1, §9.2)."""

from wenming.common.errors import DomainError
from wenming.ground.units import states

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = [3**i % 31 for i in range(17)]
_LENGTH = {
    states.COUNTY: (6, 12),
    states.TOWN: (9, 12),
    states.COMMUNITY: (12,),
    states.VILLAGE: (12,),
    states.GRID: (15,),
}


def check_division(code: str, kind: str, parent_code: str = "") -> str:
    """Check the code of a territorial unit; returns it padded to 12 digits (a grid has 15).

    County 6 digits, town +3 (001–099 street, 100–199 town, 200–399 township), community or village +3
    (neighbourhood committees from 001, village committees from 200), grid +3. Raises DomainError.
    """
    if kind not in _LENGTH:
        return code
    if not code.isascii() or not code.isdigit():
        raise DomainError("division_code", f"区划代码「{code}」只能是数字，请核对。", field="code")
    if len(code) not in _LENGTH[kind]:
        wanted = "或".join(str(n) for n in _LENGTH[kind])
        raise DomainError(
            "division_code", f"区划代码「{code}」是 {len(code)} 位，这一级应当是 {wanted} 位。", field="code"
        )
    if kind in (states.TOWN, *states.RESIDENTIAL) and code[6:9] == "000":
        raise DomainError(
            "division_code", f"区划代码「{code}」第 7—9 位是乡级代码，不能是 000。", field="code"
        )
    if kind in states.RESIDENTIAL and code[9:12] == "000":
        raise DomainError(
            "division_code", f"区划代码「{code}」第 10—12 位是村级代码，不能是 000。", field="code"
        )
    _check_prefix(code, kind, parent_code)
    return code if kind == states.GRID else code.ljust(12, "0")


def _check_prefix(code: str, kind: str, parent_code: str) -> None:
    shared = {states.TOWN: 6, states.COMMUNITY: 9, states.VILLAGE: 9, states.GRID: 12}.get(kind)
    if shared and parent_code and code[:shared] != parent_code[:shared]:
        raise DomainError(
            "division_code",
            f"区划代码「{code}」前 {shared} 位应当与上级代码 {parent_code[:shared]} 相同，请核对上级单位。",
            field="code",
        )


def credit_check_digit(first17: str) -> str:
    """Check digit of a unified social credit code (GB 32100): 31 − Σ cᵢ·3ⁱ mod 31."""
    total = sum(_CREDIT_ALPHABET.index(c) * w for c, w in zip(first17, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31]


def check_credit(code: str) -> str:
    """Check an 18-character unified social credit code; returns it in capitals. Raises DomainError."""
    code = code.strip().upper()
    if len(code) != 18 or any(c not in _CREDIT_ALPHABET for c in code):
        raise DomainError(
            "credit_code",
            f"统一社会信用代码「{code}」应当是 18 位数字或大写字母（不含 I、O、S、V、Z）。",
            field="credit_code",
        )
    if credit_check_digit(code[:17]) != code[17]:
        raise DomainError(
            "credit_code", f"统一社会信用代码「{code}」校验位不对，请对照证书重新录入。", field="credit_code"
        )
    return code
