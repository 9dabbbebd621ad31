from uvicorn.protocols.http.flow_control import FlowControl


class ReadingGate(FlowControl):
    """Does not resume reading while the protocol has bytes left to parse.

    uvicorn resumes reading after each response and for each part of a body.
    """

    _is_held = False

    def hold_reading(self) -> None:
        self._is_held = True
        self.pause_reading()

    def release_reading(self) -> None:
        if self._is_held:
            self._is_held = False
            self.resume_reading()

    def resume_reading(self) -> None:
        if self.read_paused and not self._is_held:
            super().resume_reading()
