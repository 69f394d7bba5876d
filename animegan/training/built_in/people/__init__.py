"""How the mask of people was made (`animegan.networks.people`).

- `labels`  which photographs show people, and where: labelled by MediaPipe's selfie segmentation
- `scenes`  people cut out and laid on other photographs: alone or side by side, of any size, at any place
- `run`     the training, and how well the network agrees with the labels of people it has not seen
"""
