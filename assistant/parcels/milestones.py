"""What carriers report, in words that everybody has in their own language."""

from __future__ import annotations

from collections.abc import Mapping

COARSE: Mapping[str, str] = {
    "label_created": "label_created",
    "picked_up": "in_transit",
    "in_transit": "in_transit",
    "departed": "in_transit",
    "arrived": "in_transit",
    "customs": "in_transit",
    "customs_released": "in_transit",
    "customs_wants": "exception",
    "out_for_delivery": "out_for_delivery",
    "waits_for_pickup": "out_for_delivery",
    "attempt_failed": "exception",
    "delivered": "delivered",
    "exception": "exception",
    "returning": "exception",
    "returned": "exception",
    "damaged": "exception",
    "lost": "lost",
}
"""Of each milestone that a parcel's event may be, the state of the whole parcel."""
