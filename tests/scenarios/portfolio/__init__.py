"""Two hundred contracts over three years, driven through the interface and reckoned anew by plain arithmetic.

``spot_weekly_2019_2021.csv``: the week's last quote of battery-grade lithium carbonate in China, CNY/t, spot, with tax:
facts of a public quote (akram1335/lithium-thesis-app, an export of it), a fall by a third and then a fivefold rise.
The scenario moves them eight years on.
"""
