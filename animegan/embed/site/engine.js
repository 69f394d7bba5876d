// Draws photos in this browser: the page's side. The networks run in a worker of their own (worker.js), so the page
// stays usable while it draws.
//
//   import {Engine, EngineError} from './engine.js';
//   const engine = new Engine({base: new URL('./', import.meta.url)});   // base: the folder's address; may be left out
//   const {engine: kind, threads, styles} = await engine.start();        // kind: 'wasm' or 'webgpu'
//   const {image, faces, ms} = await engine.draw(source, {style: 'anime', faces: true, onProgress, onPreview});
//   const drawn = await engine.frame(imageData, {style: 'anime'});       // for a camera: the live network, no faces
//   engine.cancel();                                                     // draw() then fails with the code 'cancelled'
//   engine.close();
//
// start()            reads manifest.json and makes the runtime ready. Calling it again gives the same promise.
//                    styles: the manifest's list, each {id, title: {en, zh}, caption: {en, zh}, card, terms: {en, zh},
//                    network, live_network, face_network, finish, bytes}.
// draw()             source: a Blob (a file that the browser can read), an ImageBitmap or an ImageData. EXIF orientation
//                    is applied. The image that it gives has the photo's full size (ImageData).
//                    onProgress(fraction): 0 to 1, after each tile and each face.
//                    onPreview(imageData): once, early: a small drawing with a long side of 256 pixels.
//                    One drawing at a time: a second call cancels the first.
// frame()            imageData: at most about 512 pixels wide; the answer has the same size.
// cancel()           stops the drawing under way at the next tile.
// close()            ends the worker. The engine cannot be used afterwards.
//
// Every failure is an EngineError. Its code says which:
//   no-wasm          this browser has no WebAssembly
//   no-answer        the worker or the network files did not answer in time, or could not be fetched
//   corrupt-network  a file is not what manifest.json says (its SHA-256 differs)
//   bad-photo        the browser cannot read the photo
//   too-large        the photo has more pixels than this device can hold (manifest: cap_pixels)
//   out-of-memory    the browser has no more memory for it
//   cancelled        cancel(), close() or a newer draw()
