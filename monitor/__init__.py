"""A streaming news-alert monitor: feeds go in, one alert per story comes out."""
