"""What shops call the columns of their exports."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ref": (
        *("ref", "order", "order number", "order no", "order id", "order ref", "order reference"),
        *("name", "bestellnummer", "bestellnr", "auftragsnummer", "numéro de commande"),
        *("número de pedido", "numero ordine", "订单号", "订单编号", "订单id", "單號", "訂單號"),
        *("訂單編號", "注文番号", "주문번호"),
    ),
    "placed_at": (
        *("placed at", "created at", "order date", "date", "purchase date", "bestelldatum"),
        *("date de commande", "fecha", "下单时间", "下单日期", "订单时间", "创建时间"),
        *("下單時間", "注文日", "주문일"),
    ),
    "status": (
        *("status", "order status", "fulfillment status", "bestellstatus", "statut", "estado"),
        *("订单状态", "状态", "訂單狀態", "ステータス"),
    ),
    "currency": ("currency", "währung", "devise", "moneda", "币种", "货币", "幣別", "通貨"),
    "total": (
        *("total", "order total", "grand total", "amount", "gesamt", "gesamtbetrag", "summe"),
        *("importe", "montant", "订单金额", "总金额", "合计", "实付金额", "總金額", "合計"),
    ),
    "payment_method": (
        *("payment method", "payment", "zahlungsart", "mode de paiement", "forma de pago"),
        *("支付方式", "付款方式", "支払方法"),
    ),
    "payment_status": (
        *("payment status", "financial status", "zahlungsstatus", "支付状态", "付款状态"),
        *("付款狀態",),
    ),
    "paid_at": ("paid at", "payment date", "zahlungsdatum", "付款时间", "支付时间", "付款時間"),
    "customer_name": (
        *("customer", "customer name", "buyer", "buyer name", "billing name", "kunde", "client"),
        *("cliente", "买家", "买家姓名", "客户", "客户姓名", "买家昵称", "買家", "購入者"),
    ),
    "email": (
        *("email", "e mail", "mail", "customer email", "buyer email", "courriel", "correo"),
        *("邮箱", "买家邮箱", "电子邮箱", "客户邮箱", "郵箱", "メール"),
    ),
    "locale": ("locale", "language", "sprache", "langue", "语言", "語言"),
    "ship_name": (
        *("ship to", "ship to name", "shipping name", "recipient", "recipient name", "empfänger"),
        *("destinataire", "destinatario", "收件人", "收货人", "收件人姓名", "收货人姓名"),
    ),
    "line1": (
        *("address", "address 1", "shipping address1", "shipping street", "street", "straße"),
        *("strasse", "adresse", "dirección", "地址", "详细地址", "收货地址", "收件地址"),
    ),
    "line2": ("address 2", "shipping address2", "adresszusatz", "地址2"),
    "city": ("city", "shipping city", "town", "ort", "stadt", "ville", "ciudad", "城市", "市"),
    "region": (
        *("region", "state", "province", "shipping province", "bundesland", "省", "州", "省份"),
        *("省/州",),
    ),
    "postcode": (
        *("postcode", "zip", "postal code", "shipping zip", "plz", "code postal", "邮编"),
        *("邮政编码", "郵遞區號"),
    ),
    "country": (
        *("country", "country code", "shipping country", "land", "pays", "país", "国家"),
        *("国家代码", "收货国家", "國家"),
    ),
    "phone": ("phone", "telephone", "shipping phone", "telefon", "电话", "手机", "联系电话"),
    "shipping_method": (
        *("shipping method", "shipping", "versandart", "mode de livraison", "物流方式"),
        *("发货方式", "配送方式", "运输方式"),
    ),
    "sku": (
        *("sku", "lineitem sku", "item sku", "seller sku", "article number", "artikelnummer"),
        *("商品编码", "货号", "商家编码", "商品sku", "貨號"),
    ),
    "title": (
        *("title", "item", "product", "product name", "lineitem name", "item name", "artikel"),
        *("produkt", "produit", "producto", "商品", "商品名称", "产品名称", "产品", "商品名稱"),
    ),
    "qty": (
        *("qty", "quantity", "lineitem quantity", "menge", "anzahl", "quantité", "cantidad"),
        *("数量", "购买数量", "數量"),
    ),
    "unit_price": (
        *("unit price", "price", "lineitem price", "item price", "preis", "einzelpreis", "prix"),
        *("precio", "单价", "价格", "售价", "單價"),
    ),
    "in_stock": (
        *("in stock", "stock", "available", "inventory", "bestand", "lagerbestand", "库存"),
        *("库存数量", "可用库存", "庫存"),
    ),
    "expected_at": ("expected at", "restock date", "到货时间", "预计到货"),
    "carrier": (
        *("carrier", "shipping carrier", "tracking company", "versanddienst", "transporteur"),
        *("物流公司", "承运商", "快递公司", "物流商"),
    ),
    "tracking": (
        *("tracking", "tracking number", "tracking no", "sendungsnummer", "numéro de suivi"),
        *("número de seguimiento", "运单号", "物流单号", "快递单号", "跟踪号", "追踪号"),
        *("追蹤號碼", "追跡番号"),
    ),
    "tracking_url": ("tracking url", "tracking link", "物流链接"),
    "parcel_status": ("parcel status", "shipping status", "delivery status", "物流状态"),
    "shipped_at": ("shipped at", "ship date", "fulfilled at", "versanddatum", "发货时间"),
    "delivered_at": ("delivered at", "delivery date", "zustelldatum", "签收时间", "送达时间"),
    "eta": ("eta", "expected delivery", "estimated delivery", "预计送达", "预计到达"),
    "refund_amount": ("refund", "refund amount", "refunded amount", "erstattung", "退款金额"),
    "refund_reason": ("refund reason", "erstattungsgrund", "退款原因"),
    "refund_at": ("refunded at", "refund date", "退款时间"),
    "cancelled_at": ("cancelled at", "canceled at", "取消时间"),
    "note": ("note", "notes", "remark", "comment", "bemerkung", "notiz", "备注", "买家留言"),
}
"""The most exact names; a column of another name is an option of the item if it names one."""
OPTIONS = ("colour", "size", "material", "style")


def plain(name: str) -> str:
    """`Order_Number ` and `Order number:` are one name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(c if c.isalnum() or c == "/" else " " for c in folded).split())


_MEANS = {plain(name): field for field, names in COLUMNS.items() for name in names}


def fields_of(header: Sequence[str], own: Mapping[str, str]) -> dict[int, str]:
    """Which field each column is, by its place; *own* says it where nobody could know."""
    named = {plain(column): field for field, column in own.items()}
    found: dict[int, str] = {}
    for place, name in enumerate(header):
        field = named.get(plain(name)) or _MEANS.get(plain(name))
        if field and field not in found.values():
            found[place] = field
    return found
