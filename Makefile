# Short names of the commands of dev.py. Options: `make test ARGS="tests/api -q"`.
COMMANDS := run test doctor token top psql docs lock check-migrations reset

.PHONY: help $(COMMANDS)
help: ; @python3 dev.py --help
$(COMMANDS): ; @python3 dev.py $@ $(ARGS)
