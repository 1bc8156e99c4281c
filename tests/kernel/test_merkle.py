"""The tree against published roots, against itself for every small size, and against forgeries."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.kernel.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves and the tree heads that RFC 6962 implementations publish for them.
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
REFERENCE_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(70)]
OTHER = hashlib.sha256(b"other").digest()


def recursive_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 9162 §2.1.1 writes it, to check the level-by-level way against."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_root_is_the_published_one(size: int) -> None:
    leaves = [leaf_hash(content) for content in REFERENCE_LEAVES[:size]]
    assert root(leaves).hex() == REFERENCE_ROOTS[size]
    assert Tree(leaves).root.hex() == REFERENCE_ROOTS[size]


def test_leaf_and_node_hashes_cannot_be_confused() -> None:
    assert leaf_hash(b"ab") == hashlib.sha256(b"\x00ab").digest()
    assert node_hash(b"a", b"b") == hashlib.sha256(b"\x01ab").digest()


def test_frontier_grows_to_the_root_of_every_size() -> None:
    frontier = Frontier()
    assert frontier.root == EMPTY_ROOT
    for size in range(1, 70):
        frontier = frontier.append(LEAVES[size - 1])
        assert frontier.size == size
        assert frontier.root == recursive_root(LEAVES[:size])
        assert Frontier.from_json(frontier.to_json()) == frontier


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"size": 1},
        {"size": 1, "peaks": []},
        {"size": 2, "peaks": ["00" * 32, "00" * 32]},
        {"size": -1, "peaks": ["00" * 32]},
        {"size": True, "peaks": ["00" * 32]},
        {"size": 1, "peaks": ["00" * 31]},
        {"size": 1, "peaks": ["zz" * 32]},
        {"size": 1, "peaks": [7]},
        {"size": 1, "peaks": "00"},
        {"size": 0, "peaks": [], "more": 1},
    ],
)
def test_frontier_refuses_a_damaged_store(value: object) -> None:
    with pytest.raises(ValueError):
        Frontier.from_json(value)


@pytest.mark.parametrize("size", range(1, 70))
def test_every_inclusion_proof_verifies_at_its_own_place_only(size: int) -> None:
    tree = Tree(LEAVES[:size])
    for index in range(size):
        proof = tree.inclusion_proof(index)
        leaf = LEAVES[index]
        assert verify_inclusion(index, size, leaf, proof, tree.root)
        assert not verify_inclusion((index + 1) % size, size, leaf, proof, tree.root) or size == 1
        assert not verify_inclusion(index, size, OTHER, proof, tree.root)
        assert not verify_inclusion(index, size, leaf, [*proof, OTHER], tree.root)
        assert not verify_inclusion(index, size, leaf, proof, OTHER)
        for place in range(len(proof)):
            assert not verify_inclusion(index, size, leaf, proof[:place], tree.root)
            assert not verify_inclusion(index, size, leaf, [*proof[:place], OTHER, *proof[place + 1 :]], tree.root)


@pytest.mark.parametrize("new", range(1, 70))
def test_every_consistency_proof_verifies_for_its_own_sizes_only(new: int) -> None:
    tree = Tree(LEAVES[:new])
    for old in range(1, new + 1):
        before, proof = root(LEAVES[:old]), tree.consistency_proof(old)
        assert verify_consistency(old, new, before, tree.root, proof)
        assert not verify_consistency(old, new, OTHER, tree.root, proof)
        assert not verify_consistency(old, new, before, OTHER, proof)
        assert not verify_consistency(old, new, before, tree.root, [*proof, OTHER])
        assert not verify_consistency(0, new, EMPTY_ROOT, tree.root, proof)
        for place in range(len(proof)):
            assert not verify_consistency(old, new, before, tree.root, proof[:place])
            forged = [*proof[:place], OTHER, *proof[place + 1 :]]
            assert not verify_consistency(old, new, before, tree.root, forged)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0), (6, 5), (True, 5), (0, -1), (1, 2**64)])
def test_inclusion_refuses_impossible_places(index: int, size: int) -> None:
    assert not verify_inclusion(index, size, LEAVES[0], Tree(LEAVES[:5]).inclusion_proof(0), root(LEAVES[:5]))


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (6, 5), (True, 5), (3, 2**64)])
def test_consistency_refuses_impossible_sizes(old: int, new: int) -> None:
    leaves = LEAVES[:5]
    assert not verify_consistency(old, new, root(leaves[:3]), root(leaves), Tree(leaves).consistency_proof(3))
    assert not verify_consistency(old, new, EMPTY_ROOT, root(leaves), [])


def test_verifiers_refuse_hashes_of_another_length() -> None:
    proof, head = Tree(LEAVES[:2]).inclusion_proof(0), root(LEAVES[:2])
    assert not verify_inclusion(0, 2, LEAVES[0], [proof[0] + b"\x00"], head)
    assert not verify_inclusion(0, 2, LEAVES[0][:-1], proof, head)
    assert not verify_inclusion(0, 2, LEAVES[0], [proof[0].hex()], head)  # type: ignore[list-item]
    assert not verify_consistency(1, 2, LEAVES[0], head, [LEAVES[1][:-1]])


def test_an_inner_node_is_not_accepted_as_a_leaf() -> None:
    left, right = node_hash(LEAVES[0], LEAVES[1]), node_hash(LEAVES[2], LEAVES[3])
    head = root(LEAVES[:4])
    assert head == node_hash(left, right)
    assert not verify_inclusion(0, 4, left, [right], head)


@pytest.mark.parametrize("index", [-1, 3])
def test_proofs_outside_the_tree_are_errors(index: int) -> None:
    with pytest.raises(IndexError):
        Tree(LEAVES[:3]).inclusion_proof(index)


@pytest.mark.parametrize("old", [0, 4, -1])
def test_consistency_outside_the_tree_is_an_error(old: int) -> None:
    with pytest.raises(IndexError):
        Tree(LEAVES[:3]).consistency_proof(old)


@given(st.integers(1, 2000), st.data())
def test_rewriting_any_leaf_breaks_consistency(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    before = root(leaves[:old])
    leaves[changed] = OTHER
    tree = Tree(leaves)
    assert not verify_consistency(old, size, before, tree.root, tree.consistency_proof(old))


def test_a_hundred_thousand_leaves_have_short_proofs() -> None:
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(100_000)]
    tree = Tree(leaves)
    proof = tree.inclusion_proof(99_999)
    assert verify_inclusion(99_999, 100_000, leaves[-1], proof, tree.root)
    assert max(len(tree.inclusion_proof(index)) for index in (0, 1, 65_535, 65_536, 99_999)) == 17
    frontier = Frontier()
    for leaf in leaves[:50_000]:
        frontier = frontier.append(leaf)
    assert verify_consistency(50_000, 100_000, frontier.root, tree.root, tree.consistency_proof(50_000))
