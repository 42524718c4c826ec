"""ME-GraphAU (Luo et al., 2022): actions as the nodes of a graph.

Both stages share the way from a picture to one node for each action, and compare the
nodes with a learned one by cosine similarity: the outputs lie in [0, 1] and are no logits.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from hrm_core.models.nets.precision import no_autocast
from hrm_core.models.nets.resnet import ResNet50Trunk

__all__ = ["MeGraphAu", "MeGraphAuEdge"]

_WIDTH = 512
_KEY_WIDTH = 256
_EDGE_CLASSES = 4


class LinearBlock(nn.Module):
    """A linear layer, batch normalisation over its outputs, ReLU."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.fc = nn.Linear(channels, out)
        self.bn = nn.BatchNorm1d(out)

    def forward(self, tokens: Tensor) -> Tensor:
        """From [B, tokens, channels] to [B, tokens, out]."""
        return torch.relu(self.bn(self.fc(tokens).transpose(1, 2))).transpose(1, 2)


class _Head(nn.Module):
    """What both stages' heads have: features of each action, and what they are compared with."""

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.num_actions = num_actions
        self.sc = nn.Parameter(nn.init.xavier_uniform_(torch.empty(num_actions, _WIDTH)))
        self.class_linears = nn.ModuleList(LinearBlock(_WIDTH, _WIDTH) for _ in range(num_actions))

    def action_tokens(self, tokens: Tensor) -> Tensor:
        """From [B, tokens, 512] to [B, actions, tokens, 512]."""
        return torch.stack([block(tokens) for block in self.class_linears], 1)

    def similarity(self, nodes: Tensor) -> Tensor:
        """Cosine of each node with its learned one: from [B, actions, 512] to [B, actions]."""
        learned = functional.normalize(torch.relu(self.sc), dim=-1)
        return (functional.normalize(nodes, dim=-1) * learned).sum(-1)


class GraphConvolution(nn.Module):
    """One step of messages between nodes that are alike."""

    def __init__(self, num_actions: int, neighbours: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.U = nn.Linear(_WIDTH, _WIDTH)
        self.V = nn.Linear(_WIDTH, _WIDTH)
        self.bnv = nn.BatchNorm1d(num_actions)
        for linear in (self.U, self.V):
            nn.init.normal_(linear.weight, std=math.sqrt(2 / _WIDTH))

    def adjacency(self, nodes: Tensor) -> Tensor:
        """Which nodes send to which: from [B, n, 512] to [B, n, n], normalised, not symmetric.

        A node listens to the `neighbours` most alike, by scalar product, itself among
        them as a rule; more where several are equally alike.
        """
        alike = _products(nodes.detach())
        least = alike.topk(self.neighbours, dim=-1).values[..., -1:]
        sends = (alike >= least).to(nodes.dtype)
        scale = sends.sum(-1).rsqrt()
        return scale.unsqueeze(-1) * sends * scale.unsqueeze(-2)

    def forward(self, nodes: Tensor) -> Tensor:
        """From [B, n, 512] to the same."""
        heard = self.adjacency(nodes) @ self.V(nodes) + self.U(nodes)
        return torch.relu(nodes + self.bnv(heard))


class _NodeHead(_Head):
    """Head of the first stage."""

    def __init__(self, num_actions: int, neighbours: int) -> None:
        super().__init__(num_actions)
        self.gnn = GraphConvolution(num_actions, neighbours)

    def forward(self, tokens: Tensor) -> Tensor:
        nodes = self.action_tokens(tokens).mean(2)
        return self.similarity(self.gnn(nodes))


class MeGraphAu(nn.Module):
    """ME-GraphAU, stage 1: which actions are alike is found anew for each picture.

    The choice of neighbours makes it discontinuous: where its layers are in half precision,
    or by another library's matrix product, a near tie can choose another neighbour.

    Parameters
    ----------
    num_actions : int
        How many actions it says something of.
    neighbours : int
        How many nodes a node listens to.
    """

    def __init__(self, num_actions: int, neighbours: int = 4) -> None:
        super().__init__()
        self.backbone = ResNet50Trunk()
        self.global_linear = LinearBlock(ResNet50Trunk.channels, _WIDTH)
        self.head = _NodeHead(num_actions, neighbours)

    def forward(self, images: Tensor) -> Tensor:
        """From [B, 3, 224, 224] to similarities in [0, 1], [B, num_actions]."""
        return self.head(self.global_linear(_tokens(self.backbone(images))))


class CrossAttention(nn.Module):
    """One set of tokens looks at another, by one head and without an output projection."""

    def __init__(self) -> None:
        super().__init__()
        self.linear_q = nn.Linear(_WIDTH, _KEY_WIDTH)
        self.linear_k = nn.Linear(_WIDTH, _KEY_WIDTH)
        self.linear_v = nn.Linear(_WIDTH, _WIDTH)

    def forward(self, looks: Tensor, looked_at: Tensor) -> Tensor:
        """What each token of `looks` sees: [..., n, 512] and [..., m, 512] give [..., n, 512]."""
        return self.weights(looks, looked_at) @ self.linear_v(looked_at)

    def weights(self, looks: Tensor, looked_at: Tensor) -> Tensor:
        """How much each token looks at each other: [..., n, m], rows sum to 1."""
        query, key = self.linear_q(looks), self.linear_k(looked_at)
        return (query @ key.transpose(-1, -2) * _KEY_WIDTH**-0.5).softmax(-1)


class EdgeExtractor(nn.Module):
    """Features of each ordered pair of actions."""

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.FAM = CrossAttention()
        self.ARM = CrossAttention()
        self.edge_proj = nn.Linear(_WIDTH, _WIDTH)
        self.bn = nn.BatchNorm2d(num_actions * num_actions)

    def forward(self, actions: Tensor, tokens: Tensor) -> Tensor:
        """From [B, n, tokens, 512] and [B, tokens, 512] to [B, n·n, 512]; pair i·n + j is "j seen in i"."""
        found = self.FAM(actions, tokens.unsqueeze(1))
        if self.bn.training:
            return self._per_token(found)
        # With fixed statistics all that follows the attention is linear, so the mean over
        # tokens may come first: 49 times less to hold and to multiply.
        batch, n = found.shape[:2]
        weights = self.ARM.weights(found.unsqueeze(1), found.unsqueeze(2)).mean(3)
        seen = weights @ self.ARM.linear_v(found)
        return self.bn(self.edge_proj(seen).reshape(batch, n * n, 1, _WIDTH)).squeeze(2)

    def _per_token(self, found: Tensor) -> Tensor:
        """The same by each token, as statistics of a batch need it."""
        batch, n, count, _ = found.shape
        seen = self.ARM(found.unsqueeze(1), found.unsqueeze(2))
        return self.bn(self.edge_proj(seen).reshape(batch, n * n, count, _WIDTH)).mean(2)


class GatedGraph(nn.Module):
    """Two layers in which edges and nodes change one another (Bresson and Laurent, 2018)."""

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.num_actions = num_actions
        for layer in (1, 2):
            for name in "UVABE":
                linear = nn.Linear(_WIDTH, _WIDTH, bias=False)
                nn.init.normal_(linear.weight, std=math.sqrt(2 / _WIDTH))
                self.add_module(f"{name}{layer}", linear)
        for layer in (1, 2):
            self.add_module(f"bnv{layer}", nn.BatchNorm1d(num_actions))
            self.add_module(f"bne{layer}", nn.BatchNorm1d(num_actions * num_actions))

    def forward(self, nodes: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
        """From [B, n, 512] and [B, n·n, 512] to the same."""
        for layer in (1, 2):
            nodes, edges = self._layer(layer, nodes, edges)
        return nodes, edges

    def _layer(self, layer: int, nodes: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
        u, v, a, b, e, bnv, bne = (
            self.get_submodule(f"{name}{layer}") for name in ("U", "V", "A", "B", "E", "bnv", "bne")
        )
        batch, n, width = nodes.shape
        by_pair = (batch, n, n, width)
        # Pair (i, j) hears of its end i and its start j.
        heard = a(nodes).unsqueeze(2) + b(nodes).unsqueeze(1) + e(edges).reshape(by_pair)
        edges = edges + torch.relu(bne(heard.reshape(batch, n * n, width)))
        gates = edges.sigmoid().reshape(by_pair).softmax(2)
        messages = (gates * v(nodes).unsqueeze(1)).sum(2) / n
        return torch.relu(nodes + bnv(u(nodes) + messages)), edges


class _EdgeHead(_Head):
    """Head of the second stage."""

    def __init__(self, num_actions: int) -> None:
        super().__init__(num_actions)
        self.edge_extractor = EdgeExtractor(num_actions)
        self.gnn = GatedGraph(num_actions)
        self.edge_fc = nn.Linear(_WIDTH, _EDGE_CLASSES)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        actions = self.action_tokens(tokens)
        nodes, edges = self.gnn(actions.mean(2), self.edge_extractor(actions, tokens))
        return self.similarity(nodes), self.edge_fc(edges)


class MeGraphAuEdge(nn.Module):
    """ME-GraphAU, stage 2: pairs of actions have features of their own.

    Parameters
    ----------
    num_actions : int
        How many actions it says something of.
    """

    def __init__(self, num_actions: int) -> None:
        super().__init__()
        self.backbone = ResNet50Trunk()
        self.global_linear = LinearBlock(ResNet50Trunk.channels, _WIDTH)
        self.head = _EdgeHead(num_actions)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """From [B, 3, 224, 224] to similarities [B, num_actions] and logits of pairs.

        The pairs' logits are [B, num_actions², 4]; class ``2·y_i + y_j`` of pair
        ``i·num_actions + j`` says whether i and j are there.
        """
        return self.head(self.global_linear(_tokens(self.backbone(images))))


def _products(nodes: Tensor) -> Tensor:
    """Scalar products of all nodes, [B, n, n], in single precision at least.

    In half precision many are equal by rounding, and each tie would add a neighbour.
    """
    if nodes.dtype in {torch.float16, torch.bfloat16}:
        nodes = nodes.float()
    with no_autocast(nodes.device):
        return nodes @ nodes.transpose(1, 2)


def _tokens(features: Tensor) -> Tensor:
    """A feature map [B, C, H, W] as tokens [B, H·W, C], row by row."""
    return features.flatten(2).transpose(1, 2)
