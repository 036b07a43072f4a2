"""The world: what implements the ports. A connector knows neither handlers nor other connectors."""
