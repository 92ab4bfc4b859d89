"""The words of the field app, in the language in force; the app holds those of both."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Each text by its key; names in braces are filled in by the app."""
    return _frame() | _doing() | _handing() | _road() | _errors()


def _frame() -> dict[str, str]:
    return {
        "app_name": _("Wufei in the field"),
        "app_short": _("Wufei field"),
        "app_about": _("Sign hand-overs of waste where there is no network."),
        "todo": _("To do"),
        "scan": _("Scan"),
        "queue": _("To send"),
        "phone": _("This phone"),
        "online": _("online"),
        "offline": _("no network"),
        "yes": _("yes"),
        "no": _("no"),
        "unit": _("Unit"),
        "label": _("Name of this phone"),
        "my_phone": _("my phone"),
        "enrol": _("Enrol this phone"),
        "enrol_help": _(
            "Sign in, then enrol this phone while it has a network. Its key stays on it; it then signs without one."
        ),
        "sign_in": _("Sign in"),
        "enrolled": _("The phone is enrolled and has taken along what it needs for 72 hours."),
        "signs_until": _("Signs until"),
        "taken_at": _("Taken along on"),
        "device_id": _("Number of the phone"),
        "take_along": _("Take along what is new"),
        "leave": _("Sign out and wipe this phone"),
        "left": _("Signed out; nothing of yours is left on this phone."),
        "cannot_leave": _("{n} signed steps have not been sent: send them first, or they would be lost."),
    }


def _doing() -> dict[str, str]:
    return {
        "nothing_to_do": _("Nothing waits for you."),
        "begin": _("Begin a case"),
        "due": _("due {at}"),
        "yours": _("yours to take"),
        "not_sent": _("not yet sent"),
        "gone": _("The case is not on this phone"),
        "gone_help": _("It is finished, or is not yours. Take along what is new while there is a network."),
        "reason": _("Reason"),
        "add_line": _("Add: {what}"),
        "nothing_to_fill": _("There is nothing to fill in."),
        "sign_as": _("Sign: {step}"),
        "signed": _("Signed: {step}. It is kept here until it is sent."),
        "evidence_online": _("This step needs a document; take it on the website while there is a network."),
        "queue_help": _("What you signed stays here until the server has acknowledged it."),
        "queue_empty": _("Nothing waits to be sent."),
        "nothing_left": _("Everything is sent and acknowledged."),
        "send_now": _("Send now"),
        "all_sent": _("Sent and acknowledged: {n}."),
        "some_conflicts": _("{n} steps could not be taken; nothing is lost. Look at them below."),
        "to_conflicts": _("Settle the conflicts on the website"),
        "of_other": _("signed by the other phone"),
        "state_queued": _("not yet sent"),
        "state_received": _("arrived"),
        "state_applied": _("stands"),
        "state_already": _("stands"),
        "state_waiting": _("waits for another step"),
        "state_conflict": _("conflict"),
        "state_dropped": _("given up"),
        "state_refused": _("not accepted"),
    }


def _handing() -> dict[str, str]:
    return {
        "show_other": _("Show to the other phone"),
        "scan_other": _("Scan the other phone"),
        "code_for_other": _("Code for the other phone"),
        "code_help": _("Let the other phone read it; then scan the answer that it shows."),
        "part": _("part {n} of {of}"),
        "parts_read": _("read {n} of {of}"),
        "scan_help": _(
            "Hold the camera over the other phone's screen until all parts are read; a driver's code for the road is "
            "checked at once."
        ),
        "no_camera": _("The camera cannot be used here; paste the text of the code."),
        "code_typed": _("Paste the text of the code"),
        "read_code": _("Read it"),
        "received": _("Checked and kept: {n} signed steps of {who}."),
        "received_before": _("All of it is on this phone already."),
    }


def _road() -> dict[str, str]:
    return {
        "road_covered": _("This load is covered."),
        "road_number": _("Number of the manifest"),
        "road_plate": _("Number plate"),
        "road_carrier": _("Carrier"),
        "road_from": _("Consignor"),
        "road_to": _("Consignee"),
        "road_wastes": _("Waste"),
        "road_until": _("Holds until"),
        "road_checked": _("Checked on this phone with key {key} of {day}, taken along on {at}."),
        "road_since": _(
            "Compare plate and waste with the vehicle. What happened after the code was signed is not in it."
        ),
        "road_key_unknown": _(
            "The code bears a key that this phone does not know: take along what is new, or check the load online. "
            "Until then it counts as not covered."
        ),
        "road_signature_wrong": _("The signature does not hold: the code was changed. The load is not covered by it."),
        "road_over": _("The code is over. The load is not covered by it; ask for a new one."),
        "road_algorithm": _("This browser cannot check a signature of this kind. Check the load online."),
    }


def _errors() -> dict[str, str]:
    return {
        "failed": _("Something failed; what you signed is kept."),
        "no_network": _("There is no network; it is sent by itself as soon as there is one."),
        "sign_in_needed": _("Sign in again to send; what you signed is kept."),
        "another_person": _("This phone still holds steps of another person: let them sign in and send them first."),
        "storage_full": _(
            "The phone has no room left: nothing was signed. Make room, or send what waits, then sign again."
        ),
        "enrolment_over": _("The enrolment of this phone has run out: enrol it again while there is a network."),
        "clock_wrong": _("The clock of this phone is wrong by some {hours} hours: set it. The server's time holds."),
        "stale": _("Taken along on {at}, over 72 hours ago: others may have moved the cases since."),
        "code_torn": _("This code is torn or none of ours; scan it again from the beginning."),
        "bundle_empty": _("The other phone shows nothing that is signed."),
        "certificate_wrong": _(
            "The other phone's certificate is not from this city's system, or has run out. Take paper."
        ),
        "signature_wrong": _("A signature does not fit what the other phone shows. Do not take over the load."),
        "step_unknown": _("The other phone shows a step that this phone does not know. Take along what is new."),
        "step_not_open": _("The step cannot be taken as the case stands."),
        "party_not_yours": _("Another party signs this step."),
        "form_field_missing": _("must be filled in"),
        "form_field_sealed": _("is sealed by an earlier signature"),
        "form_field_early": _("is filled in at another step"),
        "reason_missing": _("Give the reason."),
        "unreadable": _("cannot be read; look at the number, its decimals and the unit"),
    }
