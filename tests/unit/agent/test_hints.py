"""What is told of a command that failed because the image wants to be another user."""

from trainferry.agent.wrapper.hints import hint

POD = {"HOME": "/ferry/scratch"}
ROOT = "/root/settings/values is for root alone: ferry run --run-as image"
HOME = "the home is /ferry/scratch here, for the one of the image: ferry run --run-as image"
TABLE = {
    b"PermissionError: [Errno 13] Permission denied: '/root/settings/values'\n": ROOT,
    b"cat: /root/settings/values: Permission denied\n": ROOT,
    b"FileNotFoundError: [Errno 2] No such file or directory: '/ferry/scratch/settings/values'\n": HOME,
    b"FileNotFoundError: [Errno 2] No such file or directory: '/ferry/data/x'\n": "",
    b"cat: /rooted: Permission denied\n": "",
    b"ValueError: 3\n": "",
}


def test_a_command_that_looked_into_the_home_of_the_image_is_told_what_to_do() -> None:
    assert {tail: hint(tail, POD) for tail in TABLE} == TABLE


def test_on_a_machine_of_the_users_own_nothing_is_said() -> None:
    assert {hint(tail, {"HOME": "/home/me"}) for tail in TABLE} == {""}
