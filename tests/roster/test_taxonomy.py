"""The domain files: whole as shipped, added to by an operator's folder, and refused by file and field."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from breakfix.diagnosis import queries as diagnosis
from breakfix.roster import queries as roster
from breakfix.roster import taxonomy
from breakfix.roster.taxonomy import DomainFileError, RequiredAt
from breakfix.roster.values import Domain

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "domains"
SHIPPED = sorted(one.value for one in Domain)


@pytest.mark.parametrize("code", SHIPPED)
def test_shipped_domain_is_whole(code: str) -> None:
    found = Domain(code).described
    assert found.code == code
    assert found.questions
    assert found.risks
    assert any(one.required_at is RequiredAt.REPORT for one in found.questions) or code == "HW-LEG"
    protocol = diagnosis.protocol_for(code)
    assert all(protocol.find(one.check) for one in found.report.fields if one.check)
    known = {row.code for row in roster.catalogue()}
    assert {code for group in found.certificates for code in group.any_of} <= known
    words = [one.words for one in found.questions if one.required_at is not RequiredAt.NEVER]
    assert all(one.endswith("?") for one in words)


def test_figures_are_those_of_the_specification() -> None:
    fees = {code: (one.forensic.fee, one.forensic.included_hours) for code, one in taxonomy.domains().items()}
    hardware, software, network = (Decimal(450), 2), (Decimal(550), 3), (Decimal(500), Decimal("2.5"))
    assert fees == {
        **dict.fromkeys(("HW-SRV", "HW-RAID", "HW-LEG"), hardware),
        "HW-SAN": (Decimal(650), 3),
        "DR": (Decimal(850), 0),
        **dict.fromkeys(("SW-AD", "SW-DB", "SW-HV"), software),
        **dict.fromkeys(("NET-CORE", "NET-UC"), network),
        "SEC": (Decimal(1200), 6),
        "LIAISON": (Decimal(300), 2),
        "SURGE": (Decimal(650), 4),
    }
    assert [one.value for one in Domain] == list(taxonomy.domains())


def test_domain_without_an_emergency_call_is_never_restored() -> None:
    assert Domain.NET_UC.described.tests == {"Emergency call": "Who answered, and which place did they see?"}
    assert [one.value for one in Domain if one.described.restricted] == ["SEC"]


# ------------------------------------------------------------------------------------------ an operator's own


def test_own_folder_adds_a_domain_and_adds_to_a_shipped_one() -> None:
    found = taxonomy.read(EXAMPLES)
    assert list(found)[-1] == "X-PRINT"
    assert found["X-PRINT"].forensic.fee == Decimal(380)
    before, after = taxonomy.read(None)["NET-UC"], found["NET-UC"]
    assert after.questions == (*before.questions, after.questions[-1])
    assert after.questions[-1].id == "lift_phones"
    assert after.report.fields[:-1] == before.report.fields
    assert after.forensic == before.forensic


def own(folder: Path, file: str, **changed: object) -> Path:
    table = {**yaml.safe_load((EXAMPLES / "X-PRINT.yaml").read_text("utf-8")), **changed}
    (folder / file).write_text(yaml.safe_dump({key: one for key, one in table.items() if one is not None}), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"forensic": {"fee": -1, "included_hours": 2}}, "forensic.fee"),
        ({"level": 5}, "level"),
        ({"colour": "red"}, "colour"),
        ({"protocol": "../../etc"}, "protocol"),
        ({"questions": [{"id": "a", "words": "A?"}, {"id": "a", "words": "B?"}]}, "questions: a is there twice"),
        ({"questions": [{"id": "a b", "words": "A?"}]}, "questions.0.id"),
        ({"questions": [{"id": "a", "words": "A?", "kind": "choice"}]}, "questions.0: choices"),
        ({"risks": [{"kind": "bad luck", "severity": 1, "basis": "It rains."}]}, "risks.0.kind"),
        ({"report": {"title": "T", "fields": [{"id": "a", "words": "A"}]}}, "report.fields.0: name one source"),
        ({"report": {"title": "T", "fields": [{"id": "a", "words": "A", "answer": "b"}]}}, "which is not asked"),
        ({"code": "X-SCAN"}, "code: X-SCAN is not the name of the file"),
        ({"name": None}, "name: field required"),
    ],
)
def test_own_file_is_refused_by_file_and_field(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    with pytest.raises(DomainFileError) as wrong:
        taxonomy.read(own(tmp_path, "X-PRINT.yaml", **changed))
    assert f"{tmp_path / 'X-PRINT.yaml'}: " in str(wrong.value)
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("PRINT.yaml", b"code: PRINT\n", "begins with X-"),
        ("x-print.yaml", b"", "is named after its domain"),
        ("X-A.yaml", b"", "keys and values"),
        ("X-A.yaml", b"{", "no YAML"),
        ("X-A.yaml", b"name: A\nname: B\n", "name is there twice"),
        ("X-A.yml", b"", "ends in .yaml"),
        ("X-A.yaml", b"\xff\xfe\x00", "no YAML"),
        ("X-A.yaml", b"a: &a [*a]\n", "code"),
        ("X-A.yaml", b"#" * 200_001, "longer than"),
        ("NET-UC.yaml", b"code: NET-UC\nforensic: {fee: 1, included_hours: 1}\n", "forensic: extra inputs"),
        ("NET-UC.yaml", b"code: NET-UC\nquestions: [{id: emergency, words: 'Again?'}]\n", "emergency is there twice"),
    ],
)
def test_own_folder_is_refused_by_file(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DomainFileError) as wrong:
        taxonomy.read(tmp_path)
    assert name in str(wrong.value)
    assert said in str(wrong.value)


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DomainFileError, match="names a folder that is not there"):
        taxonomy.read(tmp_path / "nowhere")
