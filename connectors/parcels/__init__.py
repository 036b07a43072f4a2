"""Who knows where parcels are, besides the shops: one module each."""
