.PHONY: run test doctor
run test doctor: ; python3 dev.py $@
