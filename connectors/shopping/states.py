"""What shops call the states of orders, payments and parcels, in our words.

A shop's own word that stands in none of these is kept: the card shows it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.shopping.values import line

ORDERS: Mapping[str, str] = {
    **dict.fromkeys(
        ("unpaid", "pending payment", "awaiting payment", "待付款", "未付款"), "unpaid"
    ),
    **dict.fromkeys(("pending", "on hold"), "pending"),
    **dict.fromkeys(
        (
            *("paid", "processing", "unfulfilled", "unshipped", "not started", "open", "confirmed"),
            *("payment settled", "payment authorized", "待发货", "已付款", "处理中", "待出库"),
        ),
        "paid",
    ),
    **dict.fromkeys(
        ("partially shipped", "partially fulfilled", "partial", "in progress", "部分发货"),
        "partially_shipped",
    ),
    **dict.fromkeys(
        (
            "shipped",
            "fulfilled",
            "dispatched",
            "complete",
            "completed",
            "已发货",
            "运输中",
            "versandt",
        ),
        "shipped",
    ),
    **dict.fromkeys(
        ("delivered", "已签收", "已送达", "已完成", "已收货", "zugestellt"), "delivered"
    ),
    **dict.fromkeys(
        ("cancelled", "canceled", "voided", "已取消", "交易关闭", "storniert"), "cancelled"
    ),
    **dict.fromkeys(("refunded", "fully refunded", "已退款", "erstattet"), "refunded"),
    **dict.fromkeys(("returned", "已退货"), "returned"),
    **dict.fromkeys(("lost", "丢失"), "lost"),
}
PAYMENTS: Mapping[str, str] = {
    **dict.fromkeys(("paid", "settled", "captured", "已付款", "已支付", "bezahlt"), "paid"),
    **dict.fromkeys(("pending", "authorized", "partially paid", "待付款"), "pending"),
    **dict.fromkeys(("unpaid", "failed", "declined", "expired", "voided", "未付款"), "unpaid"),
    **dict.fromkeys(("partially refunded", "部分退款"), "partially_refunded"),
    **dict.fromkeys(("refunded", "fully refunded", "已退款"), "refunded"),
}
PARCELS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("label created", "label printed", "label purchased", "confirmed", "pending"),
            *("created", "ready for pickup", "submitted"),
        ),
        "label_created",
    ),
    **dict.fromkeys(
        ("in transit", "shipped", "fulfilled", "marked as fulfilled", "运输中", "picked up"),
        "in_transit",
    ),
    **dict.fromkeys(("out for delivery", "派送中"), "out_for_delivery"),
    **dict.fromkeys(("delivered", "已签收", "已送达"), "delivered"),
    **dict.fromkeys(
        ("attempted delivery", "not delivered", "failure", "undeliverable", "exception", "delayed"),
        "exception",
    ),
    **dict.fromkeys(("lost", "丢失"), "lost"),
}


def order_state(value: object) -> str | None:
    return _ours(ORDERS, value)


def payment_state(value: object) -> str | None:
    return _ours(PAYMENTS, value)


def parcel_state(value: object) -> str | None:
    return _ours(PARCELS, value)


def _ours(states: Mapping[str, str], value: object) -> str | None:
    told = line(value)
    spoken = "".join(
        f" {char}" if char.isupper() and n and told[n - 1].islower() else char
        for n, char in enumerate(told)
    )
    plain = " ".join(spoken.replace("_", " ").replace("-", " ").split()).casefold()
    return states.get(plain, told) or None
