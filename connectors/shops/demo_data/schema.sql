-- The demo shop. Amounts are decimals as text, times are ISO 8601 with their offset.
CREATE TABLE variant (
    sku TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    colour TEXT NOT NULL,
    size TEXT,
    in_stock INTEGER NOT NULL CHECK (in_stock >= 0),
    expected_at TEXT,
    price TEXT NOT NULL,
    currency TEXT NOT NULL,
    cost_eur TEXT NOT NULL,
    title_words TEXT NOT NULL,
    variant_words TEXT NOT NULL
);

CREATE TABLE orders (
    ref TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    placed_at TEXT NOT NULL,
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    total TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    payment_status TEXT NOT NULL,
    customer_name TEXT NOT NULL,
    customer_email TEXT NOT NULL COLLATE NOCASE,
    customer_locale TEXT NOT NULL,
    ship_to_name TEXT NOT NULL,
    ship_to_country TEXT NOT NULL,
    ship_to_city TEXT NOT NULL,
    ship_to_postcode TEXT NOT NULL,
    shipping_method TEXT NOT NULL,
    shipping_price TEXT NOT NULL
);
CREATE INDEX orders_by_email ON orders (customer_email);

CREATE TABLE item (
    order_ref TEXT NOT NULL REFERENCES orders (ref) DEFERRABLE INITIALLY DEFERRED,
    sku TEXT NOT NULL REFERENCES variant (sku),
    title TEXT NOT NULL,
    qty INTEGER NOT NULL CHECK (qty > 0),
    unit_price TEXT NOT NULL
);
CREATE INDEX item_by_order ON item (order_ref);

CREATE TABLE parcel (
    number TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    order_ref TEXT NOT NULL REFERENCES orders (ref),
    carrier TEXT NOT NULL,
    url TEXT NOT NULL,
    status TEXT NOT NULL,
    shipped_at TEXT,
    delivered_at TEXT,
    eta TEXT
);
CREATE INDEX parcel_by_order ON parcel (order_ref);

CREATE TABLE event (
    parcel_number TEXT NOT NULL REFERENCES parcel (number),
    at TEXT NOT NULL,
    status TEXT NOT NULL,
    place TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX event_by_parcel ON event (parcel_number);

CREATE TABLE refund (
    order_ref TEXT NOT NULL REFERENCES orders (ref),
    at TEXT NOT NULL,
    amount TEXT NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE note (
    order_ref TEXT NOT NULL REFERENCES orders (ref),
    text TEXT NOT NULL
);
