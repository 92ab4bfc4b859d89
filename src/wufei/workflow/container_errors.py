"""What checks of containers can find; each says who can mend it."""

from __future__ import annotations

from wufei.workflow.check_errors import Finding


class ContainerUnknown(Finding):
    """A container that nobody labelled, or that the signer does not see."""

    code = "container_unknown"
    zh = "没有找到所填的容器，或者它不归您保管。"
    en = "The container given was not found, or is not in your keeping."
    remedy_zh = "请扫描容器标签上的二维码；新容器请先赋码贴标。"
    remedy_en = "Scan the code on its label; a new container is labelled first."


class ContainerIntoItself(Finding):
    """A container poured into itself."""

    code = "container_into_itself"
    zh = "容器 {code} 不能装进自己。"
    en = "The container {code} cannot go into itself."
    remedy_zh = "请扫描另一个容器。"
    remedy_en = "Scan the other container."


class ContainerOtherWaste(Finding):
    """A container that is labelled for another waste."""

    code = "container_other_waste"
    zh = "容器 {code} 标的是废物 {held}，不是 {stream}。"
    en = "The container {code} is labelled for the waste {held}, not {stream}."
    remedy_zh = "不同废物不得混装；请换容器，或改正废物代码。"
    remedy_en = "Different wastes are not mixed: take another container, or mend the waste code."


class ContainerElsewhere(Finding):
    """A container that stands at another site."""

    code = "container_elsewhere"
    zh = "账上容器 {code} 在场所 {site}，不在这里。"
    en = "By the book the container {code} stands at the site {site}, not here."
    remedy_zh = "请核对是否扫错容器；确在本场所的，先办清它来时的联单。"
    remedy_en = "Was another container scanned? If it is truly here, first finish the manifest it came with."


class ContainerTwice(Finding):
    """A container listed twice on one manifest."""

    code = "container_twice"
    zh = "容器 {code} 在本联单上出现了两次。"
    en = "The container {code} stands on this manifest twice."
    remedy_zh = "请删去重复的一行。"
    remedy_en = "Take the second line away."


class ContainerHoldsLess(Finding):
    """More is taken out of a container than it holds."""

    code = "container_holds_less"
    zh = "容器 {code} 账上只有 {held_kg} 千克，不能分出 {part_kg} 千克。"
    en = "By the book the container {code} holds {held_kg} kg; {part_kg} kg cannot be taken out."
    remedy_zh = "请核对称重；装入时记少了的，先更正装入质量。"
    remedy_en = "Weigh again; if too little was entered when it was filled, correct that first."
