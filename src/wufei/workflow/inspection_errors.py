"""What the checks of an inspection find."""

from __future__ import annotations

from wufei.workflow.check_errors import Finding


class ScoreOutside(Finding):
    """A score that is more than the item's points, or less than nothing."""

    code = "score_outside"
    zh = "“{item}”的得分 {score} 不在 0 到 {most} 之间。"
    en = "The score {score} of “{item}” does not lie between 0 and {most}."
    remedy_zh = "请改正得分。"
    remedy_en = "Correct the score."


class ScoreUnexplained(Finding):
    """An item that lost points without a word."""

    code = "score_unexplained"
    zh = "“{item}”扣了分，但没有写明问题。"
    en = "“{item}” lost points and nothing says why."
    remedy_zh = "请写明现场发现的问题，最好附照片。"
    remedy_en = "Say what was found on site, best with a photo."


class ScoreMissing(Finding):
    """An item without a score in a conclusion."""

    code = "score_missing"
    zh = "“{item}”还没有打分。"
    en = "“{item}” has no score yet."
    remedy_zh = "请逐项打分后再作出结论。"
    remedy_en = "Score every item, then conclude."
