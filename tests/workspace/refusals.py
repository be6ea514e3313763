"""How calls and statements are refused."""


class Bad(Exception):
    """An answer that is an error: HTTP status, code, message; or another body than those make."""

    def __init__(self, status, code, message, headers=None, body=None):
        super().__init__(message or str(body))
        self.status, self.code, self.message, self.headers, self.body = status, code, message, headers, body


class Refused(Exception):
    """A statement that Databricks would refuse, with the class it would name."""

    def __init__(self, error_class: str, message: str):
        super().__init__(f"[{error_class}] {message}" if error_class else message)
