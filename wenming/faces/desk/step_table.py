"""How the steps of a case are offered: which first, which with one click, which need a second thought."""

# The first of these that is allowed is the page's one primary button.
PRIMARY = [
    "publish_covert", "register", "dispatch", "sign", "hand_in", "accept", "grant_extension",
    "grant_suspension", "overrule_return", "resume", "revisit", "remind",
]  # fmt: skip
# Nothing further to say: the button on the case page does it at once.
ONE_CLICK = {"sign", "remind", "grant_extension", "grant_suspension"}
# They take something away from somebody, so they stand apart and ask for a ground.
DANGEROUS = {
    "refuse", "close", "send_back", "return", "uphold_return", "deny_extension", "deny_suspension", "merge", "split",
}  # fmt: skip
