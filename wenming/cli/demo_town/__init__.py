"""安和镇 of 平川县: an invented township with an invented year, played through the ordinary deeds."""
