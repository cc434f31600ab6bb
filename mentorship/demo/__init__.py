"""The Halden Group: an organisation made up to look at, made by the product's own deeds at moments that have passed."""
