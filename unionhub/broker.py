"""The broker of the embedded profile: files in a folder, each of which appears whole.

Kombu's own transport opens the file under its final name and writes afterwards. A worker that looks
in between reads an empty message, which ends its consumer for good.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        name = f"{time.monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        draft = Path(self.data_folder_out, f"{name}.draft")
        try:
            draft.write_text(dumps(payload))
            os.replace(draft, draft.with_suffix(""))
        except OSError as error:
            raise ChannelError(f"cannot write {name}") from error


class Transport(filesystem.Transport):
    Channel = Channel
