"""Makes networks: styles of one's own, and our built-in weights. ``python -m animegan.training`` is the command line.

Only this room and the command ``train`` import it.

- `own/`         a style of one's own, from pairs or from photos and a teacher: ``python -m animegan train``
- `built_in/`    how our weights were made: ``distill`` a style, ``restore`` for the restorer, ``enlarge`` for the
                 enlarger, ``quality`` for the trees

What both share:

- `targets`      what a style learns to draw, as steps from picture to picture; our own steps. Open to other programs
- `crops`        squares to train on, cut out of pairs of photo and drawing
- `trainer`      a network, its average, checkpoints, the learning rate, the loop; subclasses say the loss
- `losses`       how far a drawing is from its target; `discriminator` judges it as a network of its own
- `grow`, `prune` make a trained network larger without changing it, or smaller
- `settings`     a field of a recipe with a help is an option of a command
"""
